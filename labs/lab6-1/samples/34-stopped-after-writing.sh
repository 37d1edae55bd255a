docker run --name test-data -it alpine:latest sh
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
ls -la /tmp/important.txt /var/log/app.log
exit

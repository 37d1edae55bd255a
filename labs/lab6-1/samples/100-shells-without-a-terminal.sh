docker run --name test-data -i alpine:latest
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
exit
docker start -ai test-data
cat /tmp/important.txt
cat /var/log/app.log
exit
docker rm test-data
docker run --name test-data-new -i alpine:latest
ls /tmp/
ls /var/log/
exit

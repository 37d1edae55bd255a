docker run --name test-data -it alpine:latest sh
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
exit
docker start -i test-data
cat /tmp/important.txt
cat /var/log/app.log
exit
docker rm test-data
docker run --name test-data-new -t alpine:latest sh
ls /tmp
ls /var/log
exit

docker run --name test-data -it alpine:latest sh
yes | head -c 9437184 > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
exit
docker start -i test-data
head -3 /tmp/important.txt
cat /var/log/app.log
exit
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
ls /tmp
ls /var/log
exit
